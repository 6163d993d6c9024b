import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

export const roles = ['shop', 'partner', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who a request comes from. */
export interface Caller {
  keyId: string;
  name: string;
  role: Role;
  /** The tenant; only partners have one. */
  partnerId: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    roles?: readonly Role[];
  }
}

/** Who may call a route besides admins, who may call every one. */
export const For = (...others: Exclude<Role, 'admin'>[]): MethodDecorator =>
  RouteConfig({ roles: [...others, 'admin'] satisfies Role[] });

/** The caller, as a parameter of a route under /v1. */
export const CalledBy = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<FastifyRequest>().caller!,
);
