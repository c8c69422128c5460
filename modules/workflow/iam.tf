data "aws_caller_identity" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

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
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${var.partition}:states:${data.aws_service_principal.states.region}:${data.aws_caller_identity.current.account_id}:stateMachine:${var.prefix}"]
    }
  }
}

resource "aws_iam_role" "workflow" {
  name                 = "${var.prefix}-workflow-${data.aws_service_principal.states.region}"
  description          = "What the state machine ${var.prefix} may do."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # A role of another name is there before the one that runs still use goes.
  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "workflow" {
  source_policy_documents = [var.base_policy]

  # Checked on the runtime and on its endpoint: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  statement {
    sid     = "CallAgents"
    actions = concat(["bedrock-agentcore:InvokeAgentRuntime"], var.stop_sessions ? ["bedrock-agentcore:StopRuntimeSession"] : [])

    resources = flatten([
      for agent in values(var.agents) : [
        for arn in concat([agent.runtime_arn], agent.standby_runtime_arns) : [arn, "${arn}/runtime-endpoint/${agent.qualifier}"]
      ]
    ])
  }

  # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
  statement {
    sid       = "ReadRegistry"
    actions   = ["ssm:GetParameters"]
    resources = values(var.parameter_arns)
  }

  # HeadObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  statement {
    sid       = "ReadDocuments"
    actions   = ["s3:GetObject"]
    resources = [for arn in var.document_bucket_arns : "${arn}/*"]
  }

  # Without it S3 answers 403 where it means 404: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  statement {
    sid       = "TellMissingDocuments"
    actions   = ["s3:ListBucket"]
    resources = var.document_bucket_arns
  }

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
  statement {
    sid       = "KeepCircuits"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
    resources = [var.circuit_table.arn]
  }

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
  statement {
    sid       = "KeepLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"]
    resources = [var.ledger.table_arn]
  }

  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
  statement {
    sid       = "SendDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [var.ledger.dead_letter_queue_arn]
  }
}

resource "aws_iam_role_policy" "workflow" {
  name   = "workflow"
  role   = aws_iam_role.workflow.id
  policy = data.aws_iam_policy_document.workflow.json

  lifecycle {
    create_before_destroy = true
  }
}
