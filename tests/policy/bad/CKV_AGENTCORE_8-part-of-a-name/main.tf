# Line 5 does not say why it needs the *.
data "aws_iam_policy_document" "bad" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = ["arn:aws:lambda:eu-west-1:111122223333:function:orders-*"]
  }
}
