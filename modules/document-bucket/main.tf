# A bucket for confirmations: private, encrypted, versioned. The root module accepts any bucket; this one is a convenience.

resource "aws_s3_bucket" "documents" {
  # checkov:skip=CKV_AWS_18: access logs need a bucket of the account's own, which this module cannot name
  # checkov:skip=CKV_AWS_144: the originals are in the confirmations' own store, so one region is enough
  # checkov:skip=CKV2_AWS_61: the owner of the confirmations decides how long they are retained
  bucket        = var.name
  force_destroy = var.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "documents" {
  bucket                  = aws_s3_bucket.documents.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# The version of an object distinguishes documents of the same name.
resource "aws_s3_bucket_versioning" "documents" {
  bucket = aws_s3_bucket.documents.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.bucket

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

# Uploads can start runs: the input ingestion of the root module has the rule that looks at these events.
resource "aws_s3_bucket_notification" "documents" {
  bucket      = aws_s3_bucket.documents.bucket
  eventbridge = true
}

data "aws_iam_policy_document" "documents" {
  source_policy_documents = var.policy_documents

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.documents.arn, "${aws_s3_bucket.documents.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "documents" {
  bucket = aws_s3_bucket.documents.bucket
  policy = data.aws_iam_policy_document.documents.json

  # S3 rejects concurrent changes of the access to a bucket.
  depends_on = [aws_s3_bucket_public_access_block.documents]
}
