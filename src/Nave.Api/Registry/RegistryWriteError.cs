namespace Nave.Api;

/// <summary>Why a line was not written to a registry.</summary>
public sealed record RegistryWriteError
{
    /// <summary>Gets the line's place among those sent, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Gets the device.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets the module, or <see langword="null"/>.</summary>
    public string? ModuleId { get; init; }

    /// <summary>Gets the name of the code, such as <c>DeviceAlreadyExists</c>.</summary>
    public string ErrorCode { get; init; } = string.Empty;

    /// <summary>Gets the reason, for people.</summary>
    public string ErrorStatus { get; init; } = string.Empty;
}
