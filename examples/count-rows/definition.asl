{
  "Comment": "Counts the rows of a batch's files and holds them against the totals that the sender announced.",
  "StartAt": "Count Rows",
  "TimeoutSeconds": 3600,
  "States": {
    "Count Rows": {
      "Type": "Task",
      "Resource": "${CountRowsArn}",
      "TimeoutSeconds": 900,
      "Retry": [
        {
          "ErrorEquals": ["RetryableError", "States.Timeout", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException", "Lambda.TooManyRequestsException", "Lambda.Unknown"],
          "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 3, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"
        }
      ],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Pass - Not Counted" }],
      "Next": "All As Announced?"
    },
    "Pass - Not Counted": {
      "Type": "Pass",
      "Parameters": {
        "subject": "Spillway: a batch could not be counted",
        "message.$": "States.Format('Batch {} of route {}: the step Count Rows failed with {}.', $.batch.id, $.batch.route, $.failure.Error)",
        "error.$": "$.failure.Error",
        "cause.$": "$.failure.Cause"
      },
      "Next": "Notify"
    },
    "All As Announced?": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.wrong", "NumericGreaterThan": 0, "Next": "Notify" }],
      "Default": "Batch Counted"
    },
    "Notify": {
      "Type": "Task",
      "Resource": "arn:aws:states:::sns:publish",
      "Parameters": { "TopicArn": "${FailureTopicArn}", "Subject.$": "$.subject", "Message.$": "$.message" },
      "TimeoutSeconds": 60,
      "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 2, "JitterStrategy": "FULL" }],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Batch Failed" }],
      "ResultPath": null,
      "Next": "Batch Failed"
    },
    "Batch Failed": { "Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.cause" },
    "Batch Counted": { "Type": "Succeed" }
  }
}
