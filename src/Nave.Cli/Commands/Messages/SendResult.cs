namespace Nave.Cli.Commands;

/// <summary>What <c>nave send</c> did.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="ModuleId">Its module.</param>
/// <param name="Direction"><c>d2c</c> or <c>c2d</c>.</param>
/// <param name="Count">How many messages the hub acknowledged.</param>
/// <param name="MessageId">The message id; with several, <c>-1</c>, <c>-2</c> and so on follow it.</param>
internal sealed record SendResult(string DeviceId, string? ModuleId, string Direction, int Count, string MessageId);
