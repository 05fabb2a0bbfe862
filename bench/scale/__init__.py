# SPDX-License-Identifier: AGPL-3.0-or-later
"""Growth with the number of items: `make scale`."""
