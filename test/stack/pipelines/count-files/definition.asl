{
  "StartAt": "Count Files",
  "States": {
    "Count Files": { "Type": "Task", "Resource": "${CountFilesArn}", "TimeoutSeconds": 60, "End": true }
  }
}
