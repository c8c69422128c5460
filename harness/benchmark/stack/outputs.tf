output "documents_bucket" {
  description = "Bucket that holds the confirmations."
  value       = module.documents.name
}

output "orchestrator" {
  description = "Everything that the module returns."
  value       = module.orchestrator
}
