output "documents_bucket" {
  description = "Bucket that holds the confirmations."
  value       = aws_s3_bucket.documents.bucket
}

output "orchestrator" {
  description = "Everything that the module returns."
  value       = module.orchestrator
}
