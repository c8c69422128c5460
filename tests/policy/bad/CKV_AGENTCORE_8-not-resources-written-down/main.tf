# Line 5 does not say why it needs the *.
data "aws_iam_policy_document" "bad" {
  statement {
    actions       = ["sqs:SendMessage"]
    not_resources = ["arn:aws:sqs:eu-west-1:111122223333:secret"]
  }
}
