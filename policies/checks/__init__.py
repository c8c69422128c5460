"""Checks for Terraform code that calls AgentCore agents; checkov loads every file beside this one."""
