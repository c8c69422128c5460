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
      values   = [local._arn.stateMachine]
    }
  }
}

resource "aws_iam_role" "backfill" {
  name                 = "${local._name}-${local._region}"
  description          = "What the backfill of ${var.prefix} may do."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # The new role exists before the one in use is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "backfill" {
  source_policy_documents = [var.base_policy]

  # https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  statement {
    sid       = "ListDocuments"
    actions   = ["s3:ListBucket"]
    resources = var.bucket_arns

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [var.document_bucket_owner]
    }
  }

  dynamic "statement" {
    for_each = length(var.inventory_bucket_arns) == 0 ? [] : ["ReadInventories"]

    # https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    content {
      sid       = statement.value
      actions   = ["s3:GetObject"]
      resources = local._inventories

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceAccount"
        values   = local._owners
      }
    }
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  statement {
    sid       = "WriteResults"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
    resources = ["${var.results_bucket_arn}/${local._results_prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = local._owners
    }
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  statement {
    sid       = "StartChildren"
    actions   = ["states:StartExecution"]
    resources = [local._arn.stateMachine]
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  statement {
    sid       = "FollowChildren"
    actions   = ["states:DescribeExecution", "states:StopExecution"]
    resources = ["${local._arn.execution}/*", "${local._arn.execution}:*"]
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html
  statement {
    sid       = "StartWorkflow"
    actions   = [local._start.is_followed ? "states:StartExecution" : "states:StartSyncExecution"]
    resources = [var.workflow.alias_arn]
  }

  dynamic "statement" {
    for_each = local._start.is_followed ? ["FollowWorkflow"] : []

    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    content {
      sid       = statement.value
      actions   = ["states:DescribeExecution"]
      resources = ["arn:${local._partition}:states:${local._region}:${local._account}:execution:${var.prefix}:*"]
    }
  }

  # The workflow's definition is encrypted, and a caller that waits for a run has to be able to read it:
  # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  statement {
    sid       = "ReadWorkflow"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:states:stateMachineArn"
      values   = [var.workflow.arn]
    }
  }
}

resource "aws_iam_role_policy" "backfill" {
  name   = "backfill"
  role   = aws_iam_role.backfill.id
  policy = data.aws_iam_policy_document.backfill.json

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = local._characters <= local._most_characters
      error_message = "The policy of the backfill's role may take ${local._characters} characters, and IAM accepts ${local._most_characters}: give fewer document_bucket_arns or backfill.inventory_bucket_arns."
    }
  }
}
