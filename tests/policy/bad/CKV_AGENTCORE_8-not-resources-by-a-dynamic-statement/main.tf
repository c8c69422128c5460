# Line 4 does not say why it needs the *.
data "aws_iam_policy_document" "bad" {
  dynamic "statement" {
    for_each = [{ actions = ["sqs:SendMessage"], not_resources = ["arn:aws:sqs:eu-west-1:111122223333:secret"] }]
    content {
      actions       = statement.value.actions
      resources     = lookup(statement.value, "resources", null)
      not_resources = lookup(statement.value, "not_resources", null)
    }
  }
}
