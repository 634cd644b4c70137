namespace Nave.Fleet.Recovery;

/// <summary>
/// The scope of an IoT Edge device, <c>ms-azure-iot-edge://{deviceId}-{ticks}</c>: each hub makes its own, what counts is whose it is. Source: wire facts 9.1.
/// </summary>
internal static class EdgeScope
{
    private const string Prefix = "ms-azure-iot-edge://";

    /// <summary>Gets the device id of a scope; a scope of another form as it is.</summary>
    public static string? DeviceOf(string? scope)
    {
        if (string.IsNullOrEmpty(scope))
        {
            return null;
        }

        var end = scope.LastIndexOf('-');
        return scope.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && end > Prefix.Length ? scope[Prefix.Length..end] : scope;
    }
}
