# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all parts of `make bench` stand on."""
