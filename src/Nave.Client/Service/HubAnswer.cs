namespace Nave.Client;

/// <summary>A successful answer.</summary>
/// <param name="Body">The body.</param>
/// <param name="Continuation">The <c>x-ms-continuation</c> header.</param>
/// <param name="ItemType">The <c>x-ms-item-type</c> header.</param>
internal sealed record HubAnswer(byte[] Body, string? Continuation, string? ItemType);
