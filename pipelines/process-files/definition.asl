{
  "Comment": "One batch of files: check extensions, process the supported ones in units, report every failure once.",
  "StartAt": "Check File Extensions",
  "TimeoutSeconds": 86400,
  "States": {
    "Check File Extensions": {
      "Type": "Task",
      "Resource": "${CheckFileExtensionsArn}",
      "TimeoutSeconds": 120,
      "Retry": [
        {
          "ErrorEquals": ["RetryableError", "States.Timeout", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException", "Lambda.TooManyRequestsException", "Lambda.Unknown"],
          "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 3, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"
        }
      ],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Collect Results" }],
      "Next": "Any Supported Files?"
    },
    "Any Supported Files?": {
      "Type": "Choice",
      "Choices": [
        { "Variable": "$.units[0]", "IsPresent": true, "Next": "Process Files" },
        { "Variable": "$.invalid[0]", "IsPresent": true, "Next": "Pass - Invalid File Ext" }
      ],
      "Default": "Collect Results"
    },
    "Process Files": {
      "Type": "Map",
      "ItemsPath": "$.units",
      "MaxConcurrency": 5,
      "ItemSelector": {
        "execution.$": "$$.Execution.Name",
        "batch.$": "$.batch",
        "index.$": "$$.Map.Item.Index",
        "unit.$": "$$.Map.Item.Value"
      },
      "ItemProcessor": {
        "ProcessorConfig": { "Mode": "INLINE" },
        "StartAt": "Process CSV",
        "States": {
          "Process CSV": {
            "Type": "Task",
            "Resource": "${ProcessCsvArn}",
            "TimeoutSeconds": 900,
            "Retry": [
              {
                "ErrorEquals": ["RetryableError", "States.Timeout", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException", "Lambda.TooManyRequestsException", "Lambda.Unknown"],
                "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 3, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"
              }
            ],
            "Catch": [
              { "ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": "$.failure", "Next": "Unit Failed" },
              { "ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Unit Failed" }
            ],
            "End": true
          },
          "Unit Failed": {
            "Type": "Pass",
            "Parameters": { "id.$": "$.unit.id", "ok": false, "failure.$": "$.failure" },
            "End": true
          }
        }
      },
      "ResultPath": "$.results",
      "Catch": [
        { "ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": "$.problem", "Next": "Any Invalid Files?" },
        { "ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Any Invalid Files?" }
      ],
      "Next": "Any Invalid Files?"
    },
    "Any Invalid Files?": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.invalid[0]", "IsPresent": true, "Next": "Pass - Invalid File Ext" }],
      "Default": "Collect Results"
    },
    "Pass - Invalid File Ext": {
      "Type": "Pass",
      "Result": { "Error": "InvalidFormatException" },
      "ResultPath": "$.Payload",
      "Next": "Collect Results"
    },
    "Collect Results": {
      "Type": "Task",
      "Resource": "${CollectResultsArn}",
      "TimeoutSeconds": 120,
      "Retry": [
        {
          "ErrorEquals": ["RetryableError", "States.Timeout", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException", "Lambda.TooManyRequestsException", "Lambda.Unknown"],
          "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 3, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"
        }
      ],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Pass - No Report" }],
      "Next": "Any Failures?"
    },
    "Pass - No Report": {
      "Type": "Pass",
      "Parameters": {
        "failed": 1,
        "subject": "Spillway: a batch could not be reported",
        "message.$": "States.Format('Batch {}: the step Collect Results failed with {}. What became of each file is in the history of this execution.', $$.Execution.Name, $.problem.Error)",
        "error.$": "$.problem.Error",
        "cause.$": "States.Format('Collect Results failed with {}; what became of each file is in the history of execution {}', $.problem.Error, $$.Execution.Name)"
      },
      "Next": "Notify Failures"
    },
    "Any Failures?": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.failed", "NumericGreaterThan": 0, "Next": "Notify Failures" }],
      "Default": "Batch Succeeded"
    },
    "Notify Failures": {
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
    "Batch Succeeded": { "Type": "Succeed" }
  }
}
