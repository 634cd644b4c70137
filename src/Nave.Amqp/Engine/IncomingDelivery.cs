namespace Nave.Amqp;

/// <summary>A delivery whose outcome we gave, on a link whose sender settles first.</summary>
/// <param name="Link">The link.</param>
/// <param name="Outcome">What we said.</param>
internal readonly record struct IncomingDelivery(AmqpReceiverLink Link, AmqpOutcome Outcome);
