# What became of every document: one item per document and version.
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

  # Holds only what somebody has to look at some day: due_at is removed with the outcome.
  global_secondary_index {
    name            = "due"
    hash_key        = "status"
    range_key       = "due_at"
    projection_type = "ALL"
  }

  # The deferred documents, by what they wait for: each is a queue of its own, since one may stand still while others move.
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
}

# SQS keeps a message for 14 days at most: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
resource "aws_sqs_queue" "dead_letters" {
  name                       = "${var.prefix}-dead-letters"
  message_retention_seconds  = 14 * 24 * 60 * 60
  visibility_timeout_seconds = 360
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.tags
}
