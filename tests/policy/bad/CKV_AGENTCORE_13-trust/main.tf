# Statement 1 lets states.amazonaws.com act for any account.
data "aws_iam_policy_document" "bad" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }
  }
}
