namespace Nave.Hub.Webhooks;

/// <summary>Whether events go to a webhook.</summary>
public enum WebhookState
{
    /// <summary>It has said yes: events go to it.</summary>
    Active,

    /// <summary>It was asked and has not said yes; somebody may open the validation URL that it was sent, for ten minutes.</summary>
    AwaitingValidation,
}
