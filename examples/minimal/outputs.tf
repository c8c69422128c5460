output "documents_bucket" {
  description = "Bucket that takes the confirmations."
  value       = module.documents.name
}

output "orchestrator" {
  description = "Everything that the module tells."
  value       = module.orchestrator
}
