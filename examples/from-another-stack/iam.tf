data "aws_iam_policy_document" "trust" {
  # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
  statement {
    sid     = "StepFunctions"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [data.aws_service_principal.states.name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local._account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:states:${local._region}:${local._account}:stateMachine:${local.name}"]
    }
  }
}

resource "aws_iam_role" "end_of_day" {
  name               = "${local.name}-${local._region}" # roles are global
  description        = "What the state machine ${local.name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "end_of_day" {
  # The alias alone, no version and no other state machine: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
  statement {
    sid       = "StartWorkflow"
    actions   = ["states:StartSyncExecution"]
    resources = [local._orchestrator.state_machine_alias_arn]
  }

  # The workflow's definition is encrypted, and a caller that waits for a run has to be able to read it: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  statement {
    sid       = "ReadWorkflow"
    actions   = ["kms:Decrypt"]
    resources = [local._orchestrator.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:states:stateMachineArn"
      values   = [local._orchestrator.state_machine_arn]
    }
  }

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

  # * because X-Ray has no resources for these: https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
  statement {
    sid = "Trace"
    actions = [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "end_of_day" {
  name   = "end-of-day"
  role   = aws_iam_role.end_of_day.id
  policy = data.aws_iam_policy_document.end_of_day.json
}
