data "aws_iam_policy_document" "good" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/orders/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [var.owner]
    }
  }

  # A bucket of this code has its name as long as the code's stack lives.
  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.results.arn}/orders/*", "arn:aws:s3:::results-of-finance/*"]
  }
}

resource "aws_s3_bucket" "results" {
  bucket = "results-of-finance"
}

variable "bucket_arn" {
  type = string
}

variable "owner" {
  type = string
}
