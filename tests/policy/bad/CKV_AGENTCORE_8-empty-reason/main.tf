# Line 5 does not say why it needs the *.
data "aws_iam_policy_document" "bad" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["*"] # * because
  }
}
