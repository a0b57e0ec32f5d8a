"""Links: short codes that lead to a campaign, owned by a fan or by the brand, and their QR codes."""
