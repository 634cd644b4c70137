using Nave.Amqp;

namespace Nave.Client;

/// <summary>An answer of <c>$cbs</c> or <c>$management</c>.</summary>
/// <param name="Status">As HTTP's.</param>
/// <param name="Description">In words, or <see langword="null"/>.</param>
/// <param name="Body">The value of the body; null if there is none.</param>
internal sealed record AmqpReply(int Status, string? Description, AmqpValue Body);
