{
  "Comment": "Runs one Glue job for a batch, and waits for its end.",
  "StartAt": "Is There a Manifest?",
  "TimeoutSeconds": 86400,
  "States": {
    "Is There a Manifest?": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.manifest", "IsPresent": true, "Next": "Use Manifest" }],
      "Default": "Write File List"
    },
    "Use Manifest": {
      "Type": "Pass",
      "Parameters": {
        "batch.$": "$.batch",
        "output.$": "$.output",
        "list": { "bucket.$": "$.manifest.bucket", "key.$": "$.manifest.key" }
      },
      "Next": "Run Glue Job"
    },
    "Write File List": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
      "Parameters": {
        "Bucket.$": "$.output.bucket",
        "Key.$": "States.Format('{}_batches/{}.json', $.output.prefix, $.batch.id)",
        "Body.$": "$.events",
        "ContentType": "application/json"
      },
      "TimeoutSeconds": 60,
      "Retry": [
        { "ErrorEquals": ["States.TaskFailed", "States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 5, "JitterStrategy": "FULL" }
      ],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Batch Failed" }],
      "ResultPath": null,
      "Next": "Use File List"
    },
    "Use File List": {
      "Type": "Pass",
      "Parameters": {
        "batch.$": "$.batch",
        "output.$": "$.output",
        "list": {
          "bucket.$": "$.output.bucket",
          "key.$": "States.Format('{}_batches/{}.json', $.output.prefix, $.batch.id)"
        }
      },
      "Next": "Run Glue Job"
    },
    "Run Glue Job": {
      "Type": "Task",
      "Resource": "arn:aws:states:::glue:startJobRun.sync",
      "Parameters": {
        "JobName": "${GlueJobName}",
        "Arguments": {
          "--list_bucket.$": "$.list.bucket",
          "--list_key.$": "$.list.key",
          "--output_path.$": "States.Format('s3://{}/{}{}/', $.output.bucket, $.output.prefix, $.batch.id)"
        }
      },
      "TimeoutSeconds": 43200,
      "Retry": [
        {
          "ErrorEquals": ["Glue.ConcurrentRunsExceededException"],
          "IntervalSeconds": 60, "BackoffRate": 1.5, "MaxAttempts": 50, "MaxDelaySeconds": 900, "JitterStrategy": "FULL"
        }
      ],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Batch Failed" }],
      "ResultPath": "$.job",
      "Next": "Batch Processed"
    },
    "Batch Failed": { "Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause" },
    "Batch Processed": { "Type": "Succeed" }
  }
}
