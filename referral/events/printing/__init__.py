"""The print kit: badges, passes, posters, banners and cards as PDF, their codes as lines and not as pictures."""
