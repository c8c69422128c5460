output "documents_bucket" {
  description = "Name of the bucket for the confirmations."
  value       = module.documents.name
}

output "orchestrator" {
  description = "Outputs of the module."
  value       = module.orchestrator
}
