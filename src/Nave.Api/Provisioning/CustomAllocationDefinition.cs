namespace Nave.Api;

/// <summary>The webhook that chooses the hub.</summary>
public sealed record CustomAllocationDefinition
{
    /// <summary>Gets its address: https, or http on this machine. It may hold a key in its query, so it is never logged.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>Gets the version of the contract, such as 2019-03-31.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Returns the type's name: an address with a key in it never reaches a log.</summary>
    public override string ToString() => nameof(CustomAllocationDefinition);
}
