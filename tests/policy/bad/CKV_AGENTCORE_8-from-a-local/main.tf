# A * is added to its resources from elsewhere in the code, where no reason can be written beside it.
locals {
  everything = ["*"]
}

data "aws_iam_policy_document" "bad" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = local.everything
  }
}
