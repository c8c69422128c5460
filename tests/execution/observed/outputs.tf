output "documents_bucket" {
  description = "Bucket that receives the confirmations."
  value       = aws_s3_bucket.documents.bucket
}

output "orchestrator" {
  description = "All outputs of the module."
  value       = module.orchestrator
}

output "uploads_bucket" {
  description = "Bucket whose uploads start runs."
  value       = aws_s3_bucket.uploads.bucket
}
