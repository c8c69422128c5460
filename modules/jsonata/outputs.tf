output "lines" {
  description = "Each expression by its name, in one line, escaped for a JSON string."
  value       = local._lines
}
