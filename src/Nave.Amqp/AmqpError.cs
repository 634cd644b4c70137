namespace Nave.Amqp;

/// <summary>An AMQP error: why a connection, session, link or delivery came to its end. AMQP 1.0 part 2, 2.8.14.</summary>
/// <param name="Condition">The symbolic condition, such as one of <see cref="AmqpCondition"/>.</param>
/// <param name="Description">Text for people, or null. Never holds a secret.</param>
/// <param name="Info">More about it (keys are symbols), or null.</param>
public sealed record AmqpError(string Condition, string? Description = null, AmqpMap? Info = null)
{
    /// <inheritdoc/>
    public override string ToString() => Description is null ? Condition : $"{Condition}: {Description}";
}
