output "documents_bucket" {
  description = "Bucket that takes the confirmations."
  value       = module.documents.name
}

output "orchestrator" {
  description = "What the module tells, without the long texts."
  value       = { for name, value in module.orchestrator : name => value if !contains(["kms_key_policy", "state_machine_definition"], name) }
}
