data "aws_caller_identity" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

locals {
  _account = data.aws_caller_identity.current.account_id
  _region  = data.aws_service_principal.states.region

  _state_machine_arn = "arn:${var.partition}:states:${local._region}:${local._account}:stateMachine:${var.prefix}"

  _runtime_arns = flatten([for agent in values(var.agents) : concat([agent.runtime_arn], agent.standby_runtime_arns)])

  _documents = [for path in setproduct(var.document_bucket_arns, var.document_prefixes) : "${join("/", path)}*"]

  # Without whitespace, and of all policies of a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  _most_characters = 10240

  # What inputs add to the policy, and the most that the rest takes, whose ARNs are known after apply only.
  _characters = 3050 + length(jsonencode(distinct(flatten([
    local._documents,
    var.document_bucket_arns,
    values(var.parameter_names),
    [for agent in values(var.agents) : [for arn in concat([agent.runtime_arn], agent.standby_runtime_arns) : [arn, "${arn}/runtime-endpoint/${agent.qualifier}"]]],
  ]))))
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
      values   = [local._account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local._state_machine_arn]
    }
  }
}

resource "aws_iam_role" "workflow" {
  name                 = "${var.prefix}-workflow-${local._region}"
  description          = "What the state machine ${var.prefix} may do."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # The new role exists before the one in use is deleted.
  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = var.permissions_boundary_arn == null ? true : contains([local._account, "aws"], split(":", var.permissions_boundary_arn)[4])
      error_message = "A permissions boundary is a policy of the account or of AWS: give permissions_boundary_arn one of ${local._account}."
    }
  }
}

data "aws_iam_policy_document" "workflow" {
  source_policy_documents = [var.base_policy, module.agent_call.policy]

  # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
  statement {
    sid       = "ReadRegistry"
    actions   = ["ssm:GetParameters"]
    resources = values(var.parameter_arns)
  }

  # HeadObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  statement {
    sid       = "ReadDocuments"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = local._documents

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [var.document_bucket_owner]
    }
  }

  # Without it S3 responds with 403 in place of 404: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  statement {
    sid       = "TellMissingDocuments"
    actions   = ["s3:ListBucket"]
    resources = var.document_bucket_arns

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [var.document_bucket_owner]
    }
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

    # It has all that grows in the sweep's policy, too.
    precondition {
      condition     = local._characters <= local._most_characters
      error_message = "The policy of the workflow's role may take ${local._characters} characters, and IAM accepts ${local._most_characters}: give fewer or shorter document_bucket_arns, document_prefixes or standby_runtime_arns, or a shorter parameter_prefix."
    }
  }
}
