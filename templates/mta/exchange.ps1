# Gatepost, in the Exchange Management Shell of an Edge Transport server: only there does Exchange ask such lists.
{%- if dynamic +%}
# The standard database only: Exchange refuses for good whatever list it was, and a deferred sender must not be.
{%- endif +%}
# The response must stand here: without one, senders are shown your activation code.
Add-IPBlockListProvider -Name "Gatepost" -LookupDomain {{ code }}.r.{{ zone }} -IPAddressesMatch 127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.10,127.0.0.11,127.0.0.12 -RejectionResponse "Service unavailable; connection refused"
Set-IPBlockListProvidersConfig -Enabled $true -ExternalMailEnabled $true -InternalMailEnabled $false
