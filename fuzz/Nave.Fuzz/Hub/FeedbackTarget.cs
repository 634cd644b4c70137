using Nave.Hub.Commands;

namespace Nave.Fuzz.Hub;

/// <summary>A stored record of how a cloud-to-device message ended.</summary>
internal sealed class FeedbackTarget() : StoredTarget("stored-feedback", Texts(
    """{"originalMessageId":"m1","enqueuedTimeUtc":"2026-01-02T03:04:05Z","statusCode":"Success","description":"Success","deviceId":"d1","deviceGenerationId":"637"}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    protected override void Read(byte[] input) => _ = FeedbackRecords.DeviceOf(input);
}
