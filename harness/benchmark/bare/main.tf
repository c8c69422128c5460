# What any workflow on Step Functions needs at least: a state machine, its role and its log group.

resource "aws_sfn_state_machine" "this" {
  name     = "bare"
  role_arn = aws_iam_role.this.arn
  type     = "EXPRESS"
  definition = jsonencode({
    StartAt = "Done"
    States  = { Done = { Type = "Succeed" } }
  })

  logging_configuration {
    level                  = "ALL"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }
}

resource "aws_iam_role" "this" {
  name               = "bare"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: the least that a workflow needs has no key; it is planned to compare with, never applied
  name              = "/aws/vendedlogs/states/bare"
  retention_in_days = 365
}
