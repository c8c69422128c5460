# One item per agent, and one for the places of documents at work. A circuit that is not there is closed.
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

# The places of documents at work, a map that runs write into: a place needs the map to be there.
resource "aws_dynamodb_table_item" "places" {
  table_name = aws_dynamodb_table.circuits.name
  hash_key   = aws_dynamodb_table.circuits.hash_key
  item       = jsonencode({ agent = { S = "admission" }, places = { M = {} } })

  lifecycle {
    ignore_changes = [item]
  }
}
