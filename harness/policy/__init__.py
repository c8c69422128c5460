"""Policy checks of Terraform code and plans: checkov's own and ours, which are in policies/checks."""

from harness.policy.scan import Failure, Verdict, scan_code, scan_directory, scan_plan

__all__ = ["Failure", "Verdict", "scan_code", "scan_directory", "scan_plan"]
