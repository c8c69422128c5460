# The document ledger: one item per document and version.
resource "aws_dynamodb_table" "ledger" {
  name                        = "${var.prefix}-ledger"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "document"
  range_key                   = "version"
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  attribute {
    name = "document"
    type = "S"
  }

  attribute {
    name = "version"
    type = "S"
  }

  attribute {
    name = "status"
    type = "S"
  }

  attribute {
    name = "due_at"
    type = "S"
  }

  attribute {
    name = "waiting_for"
    type = "S"
  }

  # A sparse index of what is due: due_at is removed with the outcome.
  global_secondary_index {
    name            = "due"
    hash_key        = "status"
    range_key       = "due_at"
    projection_type = "ALL"
  }

  # The deferred documents, by what they wait for: each is a queue of its own, since one may be blocked while others are not.
  global_secondary_index {
    name            = "waiting"
    hash_key        = "waiting_for"
    range_key       = "due_at"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  # A destroy deletes the table first: while it is protected, dead letters and logs are not deleted either.
  depends_on = [aws_cloudwatch_log_group.sweep, aws_sqs_queue.dead_letters, var.log_group_name]
}

# prevent_destroy accepts no variable, so this stores the name under which the protected data was created.
resource "terraform_data" "protected_name" {
  count = var.deletion_protection ? 1 : 0

  input = var.prefix

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.output == var.prefix
      error_message = "Another name or environment would replace the tables, the dead letters and the logs of ${self.output}: call the module a second time for the new name, or apply deletion_protection = false under the old name first to give up its data."
    }
  }
}

# SQS keeps a message for 14 days at most: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
resource "aws_sqs_queue" "dead_letters" {
  name                       = local._queue
  policy                     = data.aws_iam_policy_document.queue.json
  message_retention_seconds  = 14 * 24 * 60 * 60
  visibility_timeout_seconds = 360
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.tags
}

data "aws_iam_policy_document" "queue" {
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = ["arn:${data.aws_partition.current.partition}:sqs:${local._region}:${local._account}:${local._queue}"]

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

  dynamic "statement" {
    for_each = var.uploads ? ["TakeUndeliveredUploads"] : []

    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
    content {
      sid       = statement.value
      actions   = ["sqs:SendMessage"]
      resources = ["arn:${data.aws_partition.current.partition}:sqs:${local._region}:${local._account}:${local._queue}"]

      principals {
        type        = "Service"
        identifiers = [data.aws_service_principal.caller["events"].name]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = ["arn:${data.aws_partition.current.partition}:events:${local._region}:${local._account}:rule/${var.prefix}-uploads"]
      }
    }
  }
}
