namespace Nave.Server.Http.Own;

/// <summary>Whether a hub stands by.</summary>
internal sealed class StandbyState
{
    /// <summary>Gets the hub; only in answers.</summary>
    public string? HostName { get; set; }

    /// <summary>Gets whether it takes no devices, because the hub that it mirrors has them.</summary>
    public bool? Standby { get; set; }
}
