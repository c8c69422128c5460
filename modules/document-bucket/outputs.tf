output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.documents.arn
}

output "name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.documents.bucket
}
