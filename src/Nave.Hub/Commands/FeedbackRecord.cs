namespace Nave.Hub.Commands;

/// <summary>Tells the service how one of its cloud-to-device messages ended.</summary>
/// <param name="Sequence">Its place among the feedback; <see cref="CloudToDeviceService.RemoveFeedbackAsync"/> takes it.</param>
/// <param name="Enqueued">When the message ended.</param>
/// <param name="Json">
/// The record as the wire has it: <c>{"originalMessageId","enqueuedTimeUtc","statusCode","description","deviceId","deviceGenerationId"}</c>.
/// </param>
public sealed record FeedbackRecord(long Sequence, DateTimeOffset Enqueued, ReadOnlyMemory<byte> Json);
