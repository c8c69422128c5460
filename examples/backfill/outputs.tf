output "orchestrator" {
  description = "Outputs of the module."
  value       = module.orchestrator
}
