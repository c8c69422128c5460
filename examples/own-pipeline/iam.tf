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

resource "aws_iam_role" "desk" {
  name               = "${local.name}-${local._region}" # roles are global
  description        = "What the state machine ${local.name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "desk" {
  source_policy_documents = [module.agents.policy]

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  statement {
    sid       = "UseKeyOfCircuits"
    actions   = ["kms:Decrypt"]
    resources = [module.encryption.key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local._region}.${data.aws_partition.current.dns_suffix}"]
    }
  }

  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
  statement {
    sid       = "AskForConfirmation"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.confirmations.arn]
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

resource "aws_iam_role_policy" "desk" {
  name   = "desk"
  role   = aws_iam_role.desk.id
  policy = data.aws_iam_policy_document.desk.json
}
