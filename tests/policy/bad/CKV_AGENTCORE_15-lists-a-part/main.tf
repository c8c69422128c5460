# Statement Read reads every object of a bucket of which the policy lists a part.
data "aws_iam_policy_document" "bad" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.orders.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["confirmations/*"]
    }
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.orders.arn}/*"]
  }
}

resource "aws_s3_bucket" "orders" {
  bucket = "orders"
}
