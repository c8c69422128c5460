data "aws_caller_identity" "current" {}

data "aws_service_principal" "cloudwatch" {
  service_name = "cloudwatch"
}

locals {
  _region = data.aws_service_principal.cloudwatch.region
}

resource "aws_sns_topic" "alarms" {
  count = var.create_alarm_topic ? 1 : 0

  name              = "${var.prefix}-alarms"
  display_name      = "Alarms of ${var.prefix}"
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags
}

data "aws_iam_policy_document" "topic" {
  count = var.create_alarm_topic ? 1 : 0

  # https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = aws_sns_topic.alarms[*].arn

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
  statement {
    sid       = "CloudWatchAlarms"
    actions   = ["sns:Publish"]
    resources = aws_sns_topic.alarms[*].arn

    principals {
      type        = "Service"
      identifiers = [data.aws_service_principal.cloudwatch.name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = concat(values(aws_cloudwatch_metric_alarm.this)[*].arn, [aws_cloudwatch_composite_alarm.down.arn])
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  count = var.create_alarm_topic ? 1 : 0

  arn    = aws_sns_topic.alarms[0].arn
  policy = data.aws_iam_policy_document.topic[0].json
}
