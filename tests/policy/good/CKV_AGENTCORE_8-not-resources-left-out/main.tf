data "aws_iam_policy_document" "good" {
  dynamic "statement" {
    for_each = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:eu-west-1:111122223333:orders"] }]
    content {
      actions       = statement.value.actions
      resources     = lookup(statement.value, "resources", null)
      not_resources = lookup(statement.value, "not_resources", null)
    }
  }
}

variable "statements" {
  type    = any
  default = []
}

data "aws_iam_policy_document" "given" {
  dynamic "statement" {
    for_each = var.statements
    content {
      actions       = statement.value.actions
      resources     = statement.value.resources
      not_resources = lookup(statement.value, "not_resources", null)
    }
  }
}
