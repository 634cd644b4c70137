namespace Nave.Client;

/// <summary>What the provisioning service answered to one request.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="RetryAfter">How long it wants the device to wait, or <see langword="null"/>.</param>
/// <param name="Body">The JSON.</param>
internal sealed record ProvisioningAnswer(int Status, TimeSpan? RetryAfter, ReadOnlyMemory<byte> Body);
