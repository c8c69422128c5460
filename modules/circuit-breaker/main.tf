# One item per agent. What is not there is closed: an empty table is the healthy state.
resource "aws_dynamodb_table" "circuits" {
  name                        = "${var.prefix}-circuits"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "agent"
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  attribute {
    name = "agent"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
