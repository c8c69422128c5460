# An upload starts a run: the bucket's Object Created event goes to the workflow as it is. The ledger is the queue behind it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "events" {
  service_name = "events"
}

locals {
  _account  = data.aws_caller_identity.current.account_id
  _region   = data.aws_service_principal.events.region
  _rule     = "${var.prefix}-uploads"
  _rule_arn = "arn:${data.aws_partition.current.partition}:events:${local._region}:${local._account}:rule/${local._rule}"

  # One filter cannot ask for a beginning and for an ending in any case, but each spelling of the ending can be a wildcard:
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
  _endings = [for letters in setproduct(["p", "P"], ["d", "D"], ["f", "F"]) : ".${join("", letters)}"]
  _keys = contains(var.document_prefixes, "") ? [jsonencode({ suffix = { equals-ignore-case = ".pdf" } })] : [
    for pair in setproduct(var.document_prefixes, local._endings) :
    jsonencode({ wildcard = "${replace(pair[0], "\\", "\\\\")}*${pair[1]}" })
  ]

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
  _pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    account     = [var.document_bucket_owner]
    detail = {
      bucket = { name = sort([for arn in var.bucket_arns : split(":", arn)[5]]) }
      object = { key = [for key in local._keys : jsondecode(key)] }
    }
  })

  # The default quota: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  _most_characters = 2048
}

resource "aws_cloudwatch_event_rule" "uploads" {
  name          = local._rule
  description   = "Starts ${var.prefix} for every PDF that is uploaded."
  event_pattern = local._pattern
  tags          = var.tags

  lifecycle {
    precondition {
      condition     = length(local._pattern) <= local._most_characters
      error_message = "The rule for uploads needs an event pattern of ${length(local._pattern)} characters, and EventBridge accepts ${local._most_characters}: give fewer or shorter document_prefixes, or fewer ingestion.bucket_arns."
    }
  }
}

# The maximum of both: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
resource "aws_cloudwatch_event_target" "workflow" {
  rule     = aws_cloudwatch_event_rule.uploads.name
  arn      = var.workflow_alias_arn
  role_arn = aws_iam_role.ingestion.arn

  retry_policy {
    maximum_event_age_in_seconds = 24 * 60 * 60
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }

  depends_on = [aws_iam_role_policy.ingestion]
}

data "aws_iam_policy_document" "trust" {
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [data.aws_service_principal.events.name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local._account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local._rule_arn]
    }
  }
}

resource "aws_iam_role" "ingestion" {
  name                 = "${var.prefix}-ingestion-${local._region}"
  description          = "Starts ${var.prefix} for uploads."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # The new role exists before the one in use is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "ingestion" {
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
  statement {
    sid       = "StartWorkflow"
    actions   = ["states:StartExecution"]
    resources = [var.workflow_alias_arn]
  }
}

resource "aws_iam_role_policy" "ingestion" {
  name   = "ingestion"
  role   = aws_iam_role.ingestion.id
  policy = data.aws_iam_policy_document.ingestion.json

  lifecycle {
    create_before_destroy = true
  }
}
