# What the roles of state machines have in common: log, trace and use the key; with tables and a queue, also put metrics.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

locals {
  _region = data.aws_service_principal.states.region
  _place  = "${local._region}:${data.aws_caller_identity.current.account_id}"
}

data "aws_iam_policy_document" "this" {
  # * because log delivery has no resources of its own: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.tracing ? ["Trace"] : []

    # * because X-Ray has no resources for these: https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
    content {
      sid = statement.value
      actions = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.metrics_namespace == null ? [] : ["PutMetrics"]

    # * because CloudWatch knows no resource for a metric, only a namespace: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
    content {
      sid       = statement.value
      actions   = ["cloudwatch:PutMetricData"]
      resources = ["*"]

      condition {
        test     = "StringEquals"
        variable = "cloudwatch:namespace"
        values   = [var.metrics_namespace]
      }
    }
  }

  dynamic "statement" {
    for_each = var.metrics_namespace == null ? [] : ["UseKeyOfTablesAndQueue"]

    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    content {
      sid       = statement.value
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["dynamodb", "sqs"] : "${service}.${local._region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  statement {
    sid       = "UseKeyOfRuns"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:states:stateMachineArn"
      values   = ["arn:${data.aws_partition.current.partition}:states:${local._place}:stateMachine:${var.state_machine_name}"]
    }
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  statement {
    sid       = "UseKeyOfLogs"
    actions   = ["kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:logs:${local._place}:*"]
    }
  }
}
